import { routes } from '../../shared/routes.ts'
import { deletionScenarios } from '../scenarios/deletion.ts'
import { sweep } from './sweep.ts'
sweep(deletionScenarios.filter(({ operation }) => routes[operation].method !== 'GET'))
