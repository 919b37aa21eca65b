import { type Route, routes } from '../../shared/routes.ts'
import { scenarios } from '../scenarios/index.ts'
import { sweep } from './sweep.ts'

const isChange = ({ method, caller }: Route): boolean => method !== 'GET' && caller === 'bearer'

sweep(scenarios.filter(({ operation }) => !isChange(routes[operation])))
